<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow results: roads (lines) -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{roads-lines}">
      <rule key="{roads-lines-0}" symbol="0" filter="&quot;subtype&quot; = 'rail'" label="Railway"/>
      <rule key="{roads-lines-1}" symbol="1" filter="ELSE" label="Road"/>
    </rules>
    <symbols>
      <symbol type="line" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleLine" enabled="1" locked="0" pass="0">
        <prop k="line_color" v="90,90,100,255"/>
        <prop k="line_width" v="0.5"/>
        <prop k="line_width_unit" v="MM"/>
        <prop k="capstyle" v="round"/>
        <prop k="joinstyle" v="round"/>
       </layer>
      </symbol>
      <symbol type="line" name="1" alpha="1" clip_to_extent="1">
       <layer class="SimpleLine" enabled="1" locked="0" pass="0">
        <prop k="line_color" v="224,168,60,255"/>
        <prop k="line_width" v="0.8"/>
        <prop k="line_width_unit" v="MM"/>
        <prop k="capstyle" v="round"/>
        <prop k="joinstyle" v="round"/>
       </layer>
      </symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>1</layerGeometryType>
</qgis>
